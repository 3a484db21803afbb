"""How the part ``separation`` names questions."""

from types import SimpleNamespace

import numpy as np

from brodmann.studies.specialization.separation_views import bare


def test_questions_lose_their_function_and_the_folder_that_all_of_it_share():
    found = SimpleNamespace(
        questions=["tasks: playground/advice", "tasks: playground/agreement", "facts: kind_of/dog",
                   "facts: part_of/dog", "senses: bank"],
        functions=["functions/playground/tasks", "facts", "senses"],
        function_of=np.array([0, 0, 1, 1, 2]),
    )  # fmt: skip
    assert bare(found) == ["advice", "agreement", "kind_of/dog", "part_of/dog", "bank"]
