"""Which traits of tasks can be covariates of their pairs."""

from brodmann.neurons.statistics.matrices import same_type
from brodmann.studies.skill_neurons.type_evidence import covariates


class Told:
    """A suite of four tasks that says what its tasks have in common."""

    def __init__(self, texts, words):
        self.tasks, self.seeds = list("abcd"), [0, 1, 2]
        self._traits = {"number of texts": texts, "label words": words}

    def competent(self):
        return self.tasks

    def types(self):
        return dict(zip(self.tasks, ["s", "s", "s", "t"], strict=True))

    def traits(self):
        return {name: dict(zip(self.tasks, values, strict=True))
                for name, values in self._traits.items()}  # fmt: skip


def test_traits_of_tasks_become_covariates_of_their_pairs():
    found = covariates(Told([1, 1, 1, 2], "xxyz"))
    assert found.left_out == {"number of texts": "cannot be told from the types"}
    assert (found.used["label words"] == same_type("xxyz")).all()
    assert not covariates(Told([1, 1, 1, 1], "xyzw")).used
