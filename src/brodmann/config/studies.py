"""Settings of studies: what ``python analyze.py`` takes besides the settings of training runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from omegaconf import MISSING

FEWEST = 3
"""Checkpoints of a pre-training that can be followed: two to compare, and a last one."""


@dataclass
class StudySettings:
    """What an experiment measures and how; ``study.<key>=`` on the command line."""


@dataclass
class SkillNeuronsSettings(StudySettings):
    """Skill Neurons (Wang et al. 2022), section by section."""

    train_rows: int | None = None
    """Training examples for the baselines (eq. 3); all when not given."""
    dev_rows: int | None = None
    """Validation examples on which neuron, position and sign are chosen; all when not given."""
    test_rows: int | None = None
    """Test examples on which predictivity is reported; all when not given."""
    perturb_rows: int = 1000
    """Test examples on which interventions are measured."""
    with_mask: bool = False
    """Whether [MASK] counts among the prompt positions, as in the released code."""
    measure: str = "balanced"
    """``balanced`` accuracy, or plain ``accuracy`` (the paper's)."""
    scope: str = "layer"
    """Selections take the top share of every ``layer`` (released code) or of all (``global``)."""
    permutations: int = 999
    """Label permutations of the predictivity null (max-T)."""
    rates: list[float] = field(default_factory=lambda: [i / 100 for i in range(18)])
    """Shares of neurons that are perturbed (figures 4 and 11)."""
    intervention: str = "noise"
    """Row of the core's table of interventions: noise, zero, mean, resample."""
    strength: float = 1.0
    """Noise: standard deviation, in units that ``sigma`` names."""
    sigma: str = "relative"
    """``relative`` to each neuron's own s.d., or ``absolute`` (the paper's 0.1)."""
    draws: str = "example"
    """One noise draw per ``example`` (released code) or per ``position``."""
    random_orders: int = 20
    """Random orders beside the task orders."""
    null_orders: int = 20
    """Orders by the same selector on permuted labels, matched on layer, s.d. and output norm."""
    retuned: int | None = None
    """How many tasks are tuned again (random words, other methods, pruned models, control labels):
    of those that the method can do, the first of each type, then the second; all when not given."""
    word_sets: int = 5
    """Sets of random label words (section 4.4); each has a seed of its own."""
    twins: int = 5
    """Random-initialised twins of the backbone (section 5)."""
    hard_prompts: list[str] = field(default_factory=list)
    """Hand-written prompts (section 5), one per task or one for all; the paper gives none."""
    methods: list[str] = field(default_factory=lambda: ["adapter", "bitfit", "lora"])
    """Other methods that are perturbed by the prompt's neurons (figures 7 and 8; the paper has no
    LoRA)."""
    keep: float = 0.02
    """Share of neurons that pruning keeps in each pruned layer (section 6.1)."""
    prune_from: float = 0.25
    """Share of lower layers that stay whole (3 of 12)."""
    fold_kept: bool = False
    """Fold the kept neurons' mean into the bias as well: the released code's mistake."""
    retune_from: str = "tuned"
    """Prompts on pruned backbones are tuned from the ``tuned`` ones (released code) or ``new``."""
    retune_epochs: int | None = None
    """Epochs of tuning on pruned backbones, alike for all selections; those of the first tuning
    when not given."""
    transfer_share: float = 0.2
    """Share of the target's skill neurons that the restricted cosine looks at (section 6.2)."""
    masks: int = 999
    """Random masks of the same layer profile, as the control of the restricted cosine."""
    rotations: int = 399
    """Random changes of basis, whose best directions the best neurons are compared with; a
    verdict needs enough of them for its level: R give no p below 1 / (R + 1)."""
    cards: int = 3
    """Units of each task that the report tells of."""


@dataclass
class FunctionSettings(StudySettings):
    """What neurons tell of functions (Zhang et al. 2023), whichever the study."""

    tokens: str = "all"
    """Tokens over which a neuron's activations are pooled: ``all`` (the paper's), ``content``,
    ``target`` (the word in question), ``last``."""
    pooling: str = "max"
    """How they become one value: ``max`` (the paper's) or ``mean``."""
    top: float = 0.01
    """Share of a layer's neurons that are a question's top neurons."""
    permutations: int = 999
    """Label permutations, shared by all neurons."""
    draw_seed: int = 0
    """Seed of halves, permutations and random partitions."""


@dataclass
class SpecializationSettings(FunctionSettings):
    """Functions of single neurons (section 4 of the paper)."""

    twins: int = 5
    """Random-initialised twins of the model."""
    responsive: float = 0.05
    """Share of all neurons that count as responsive to a function (EM-1b)."""


@dataclass
class ExpertSettings(FunctionSettings):
    """How neurons are dealt out to experts, whichever the study."""

    expert_size: int = 32
    """Neurons of an expert (MoEfication's; the paper also has 192)."""
    partition: str = "clustering"
    """``clustering`` of weights, or the ``coactivation`` graph."""
    rows: str = "up"
    """Weights that are clustered: ``up``, ``gate``, ``both``, ``output``."""
    partition_seeds: int = 3
    """Starts of the clustering; the one of least inertia is taken."""
    random_partitions: int = 20
    """Random partitions of equal sizes beside it."""
    alpha: float = 0.001
    """Level of the paper's hypergeometric rule."""


@dataclass
class ModularitySettings(ExpertSettings):
    """Functions of experts (sections 5 and 6 of the paper)."""

    twins: int = 5
    """Random-initialised twins of the model."""
    doses: list[float] = field(default_factory=lambda: [0.02, 0.06, 0.1, 0.125])
    """Shares of experts that are disturbed in each layer; each is one expert at least."""
    disturb_from: float = 0.0
    """Share of lower layers that stay intact (the paper disturbs the last third: 0.667)."""
    noise: str = "resample"
    """``resample``, ``zero``, ``noise``, or ``permute4`` (the paper's: permuted and multiplied by
    4)."""
    random_draws: int = 20
    """Random experts, and matched random neurons, beside the functions' own: draws of each."""
    damage_rows: int | None = None
    """Test examples of each answer to a question; all when not given."""


@dataclass
class EmergenceSettings(ExpertSettings):
    """Functions over the checkpoints of a pre-training (section 6 of the paper)."""

    permutations: int = 99
    """Label permutations at every checkpoint: their mean is taken off, nothing is tested."""
    partition_seeds: int = 1
    """Starts of the clustering at every checkpoint."""
    runs: list[str] = field(default_factory=list)
    """Folders of pre-training runs (``method=pretrain``); trained here when empty."""
    revisions: list[str] = field(default_factory=list)
    """A public series in place of runs: ``step:revision`` of ``model.path``."""
    corpus: str = "corpus/world"
    """Task of the runs that are trained here, one for each seed."""
    steps: int | None = None
    """Optimizer steps of these runs; those of ``method=pretrain`` when not given."""
    checkpoints: list[int] = field(default_factory=list)
    """Steps whose weights they keep, as far as ``study.steps`` goes; those of ``method=pretrain``
    (0, 1, 2, 4, ...) when empty."""
    lr: float | None = None
    """Their largest learning rate; that of ``method=pretrain`` when not given."""
    tau: float = 0.9
    """Correlation with the last checkpoint that counts as settled."""


@dataclass
class MoeficationSettings(StudySettings):
    """MoEfication (Zhang et al. 2022): partition x router x share of experts."""

    expert_size: int = 32
    """Neurons of an expert (the paper's); it has to divide the width of the FFNs."""
    partitions: list[str] = field(
        default_factory=lambda: ["clustering", "coactivation", "random", "contiguous"]
    )
    """Kinds of partition: ``clustering`` of weights, the ``coactivation`` graph, ``random``,
    ``contiguous`` (what the released code calls random)."""
    partition_seeds: int = 1
    """Starts of the clustering; the one of least inertia is taken."""
    random_partitions: int = 5
    """Random partitions of each seed."""
    rows: str = "up"
    """Weights that are clustered: ``up``, ``gate``, ``both``, ``output``."""
    routers: list[str] = field(default_factory=lambda: ["oracle", "similarity", "mlp"])
    """What chooses experts: the ``oracle``, ``similarity`` to their centres, a learned ``mlp``."""
    share: str = "auto"
    """What counts as activity: ``positive`` parts, ``absolute`` values, or ``auto``: positive where
    the FFNs have ReLU and no gate."""
    shares: list[float] = field(default_factory=lambda: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
    """Shares of experts that each token goes through, rising."""
    at: float = 0.2
    """The one of them that claims are judged at."""
    train_rows: int | None = 2000
    """Training texts for routers and co-activation; all when null."""
    dev_rows: int | None = 500
    """Validation texts on which the best epoch of a router is chosen; all when null."""
    test_rows: int | None = None
    """Test texts; all when not given."""
    router_epochs: int = 30
    """Epochs of the learned routers (the released code's)."""
    router_lr: float = 0.01
    """Their learning rate (the released code's)."""
    router_batch: int = 512
    """Tokens of a step (the released code's)."""
    buffer_mib: int = 256
    """Memory for states that are shuffled; what does not fit is streamed anew in every epoch."""


@dataclass
class StudyConfig:
    """All of ``python analyze.py``."""

    experiment: str = MISSING
    """Row of ``brodmann.studies.STUDIES``."""
    parts: list[str] = field(default_factory=list)
    """Which parts of the study; all when empty (``parts=[]``)."""
    task: list[str] = field(default_factory=list)
    """The suite: one task at least, each once."""
    functions: list[str] = field(default_factory=list)
    """The suite of experiments on functions, in place of tasks."""
    seed: list[int] = field(default_factory=lambda: [0, 1, 2, 3, 4])
    """Seeds of the training runs."""
    study: StudySettings = field(default_factory=StudySettings)
    train: list[str] = field(default_factory=list)
    """Overrides of the training runs: the preset's, then everything else that was typed."""
    resume: bool = True
    """A finished study is returned as it is; false runs it anew (training runs are kept)."""
    preset: str = MISSING
    """As the first task's training run has it."""


SETTINGS: dict[str, type[StudySettings]] = {
    "skill_neurons": SkillNeuronsSettings,
    "specialization": SpecializationSettings,
    "modularity": ModularitySettings,
    "emergence": EmergenceSettings,
    "moefication": MoeficationSettings,
}
"""Experiment -> its settings."""
PARTS = {
    "skill_neurons": (
        "predictivity", "perturbation", "specificity", "word_selectivity", "origin", "pruning",
        "transfer", "controls",
    ),
    "specialization": ("detection", "separation"),
    "modularity": ("experts", "damage"),
    "emergence": ("stabilisation", "appearance"),
    "moefication": ("sparse_use", "speed"),
}  # fmt: skip
"""Experiment -> its parts, so that a wrong one is refused before the study is imported."""
