"""Every setting there is: one dataclass per configuration node, closed and typed.

The YAML files under ``conf/`` choose values; these classes say which keys exist, of what type,
and what they mean. Nothing here imports torch, so a wrong request is answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from omegaconf import MISSING


@dataclass
class TaskConfig:
    """Labelled examples, their classes and the words that stand for the classes."""

    name: str = MISSING
    """As typed after ``task=``, for instance ``playground/sentiment``."""
    kind: str = MISSING
    """Which loader reads it: a row of ``brodmann.tasks.LOADERS``."""
    type: str = ""
    """Type of task (``sentiment``, ``inference``, ``topic``): studies compare tasks by it."""
    backbone: str = MISSING
    """Model config used when ``model=`` is not given."""
    preset: str = "standard"
    """Preset used when ``preset=`` is not given."""
    classes: list[str] = field(default_factory=list)
    """Names of the classes, in the order of the label ids (after ``keep``)."""
    label_words: list[str] = field(default_factory=list)
    """One word per class, read at [MASK] or as the next token."""
    metrics: list[str] = field(default_factory=lambda: ["accuracy"])
    """Rows of ``brodmann.training.metrics.METRICS``; the first one decides early stopping."""


@dataclass
class TextTask(TaskConfig):
    """A classification data set of the hub, or a local copy of one."""

    kind: str = "text"
    id: str = MISSING
    """Hub id, for instance ``nyu-mll/glue``."""
    config: str | None = None
    """Configuration of the hub data set, for instance ``sst2``."""
    revision: str = "main"
    """Branch, tag or commit of the hub data set."""
    text: list[str] = field(default_factory=lambda: ["text"])
    """One or two text columns, in order."""
    label: str = "label"
    """Column of the integer label."""
    train: str = "train"
    """Split for training."""
    val: str | None = None
    """Split for validation; without one, ``val_share`` of train is taken."""
    test: str | None = None
    """Labelled split for the test; without one, ``test_share`` of train is taken."""
    val_share: float = 0.2
    """Share of train that becomes validation."""
    test_share: float = 0.2
    """Share of train that becomes the test."""
    keep: list[int] | None = None
    """Label ids that are kept, renumbered in this order (after splitting, as in the paper)."""
    title: str = "as_is"
    """``as_is``, or ``alike``: a split whose texts have titles when train's have none, or the
    other way round, is not used (AG News)."""


@dataclass
class PlaygroundTask(TaskConfig):
    """A task of the generated language; ``seed`` is the language's own, not the run's."""

    kind: str = "playground"
    factor: str = MISSING
    """Which of the seven generated tasks: a row of ``brodmann.playground.TASKS``."""
    seed: int = 0
    """Seed of the generated language."""
    train: int = 4000
    """Number of generated training examples."""
    val: int = 500
    """Number of generated validation examples."""
    test: int = 1000
    """Number of generated test examples."""


@dataclass
class FunctionsTask(TaskConfig):
    """Binary questions about texts (sub-functions) that make up one function of a model."""

    kind: str = "functions"
    source: str = MISSING
    """Where the questions come from: a row of ``brodmann.tasks.functions.SOURCES``."""
    type: str = "function"
    """Studies compare functions, not types of them."""
    classes: list[str] = field(default_factory=lambda: ["no", "yes"])
    """Every question has two answers."""
    id: str | None = None
    """Hub id, for sources that lie there."""
    config: str | None = None
    """Configuration of the hub data set."""
    revision: str = "main"
    """Branch, tag or commit of the hub data set."""
    split: str = "train"
    """Split of the hub data set that is read."""
    draw: str | None = None
    """Of the playground: ``senses`` or ``facts``."""
    seed: int = 0
    """Seed of the generated language, for the playground."""
    tasks: list[str] = field(default_factory=list)
    """Of ``source: tasks``: names of classification tasks; one of several classes gives a question
    for each class but the last, against those after it."""
    questions: int | None = None
    """At most so many questions, those with most examples; all when not given."""
    per_label: int = 100
    """At most so many examples of either answer to a question."""
    least: int = 20
    """A question with fewer examples of an answer is left out, and named."""
    test_share: float = 0.33
    """Share of a question's examples that nothing is chosen on."""


@dataclass
class CsvTask(TaskConfig):
    """A user's own table: ``task=csv data.path= data.text= data.label=``."""

    kind: str = "csv"
    val_share: float = 0.2
    """Share of the rows that becomes validation."""
    test_share: float = 0.2
    """Share of the rows that becomes the test."""


@dataclass
class ImageTask(TaskConfig):
    """Images with classes: embedded, from the hub, or from a folder of folders."""

    kind: str = "image"
    source: str = MISSING
    """``digits`` (scikit-learn's), ``hub`` or ``folder`` (``data.path=``)."""
    id: str | None = None
    """Hub id, for ``source: hub``."""
    config: str | None = None
    """Configuration of the hub data set."""
    revision: str = "main"
    """Branch, tag or commit of the hub data set."""
    image: str = "image"
    """Column of the image."""
    label: str = "label"
    """Column of the integer label."""
    train: str = "train"
    """Split for training."""
    val: str | None = None
    """Split for validation; without one, ``val_share`` of train is taken."""
    test: str | None = None
    """Labelled split for the test; without one, ``test_share`` of train is taken."""
    val_share: float = 0.2
    """Share of train that becomes validation."""
    test_share: float = 0.2
    """Share of train that becomes the test."""


@dataclass
class CorpusTask(TaskConfig):
    """Documents without labels, for ``method=pretrain``: generated, of the hub, or a user's own."""

    kind: str = "corpus"
    source: str = MISSING
    """``playground``, ``hub`` or ``file`` (``data.path=``)."""
    corpus: str = "corpus"
    """Which generated corpus: a row of ``brodmann.playground.documents.DOCUMENTS``."""
    size: int = 20000
    """Number of generated documents."""
    seed: int = 0
    """Seed of the generated language."""
    id: str | None = None
    """Hub id, for ``source: hub``."""
    config: str | None = None
    """Configuration of the hub data set."""
    revision: str = "main"
    """Branch, tag or commit of the hub data set."""
    text: list[str] = field(default_factory=lambda: ["text"])
    """Text columns of the hub data set; several are joined by a line break."""
    train: str = "train"
    """Split for training."""
    val: str | None = None
    """Split for validation; without one, ``val_share`` of the documents is taken."""
    test: str | None = None
    """Split for the test; without one, ``test_share`` of the documents is taken."""
    val_share: float = 0.02
    """Share of the training documents that becomes validation."""
    test_share: float = 0.02
    """Share of the training documents that becomes the test."""


@dataclass
class DataConfig:
    """Where data come from and how much of them is used."""

    mirror: str | None = None
    """Folder with local copies of hub data sets and models, ``<mirror>/<hub id>``."""
    max_train: int | None = None
    """Cap on training examples, stratified and seeded."""
    max_test: int | None = None
    """Cap on validation and on test examples each, stratified and seeded."""
    split_seed: int = 0
    """Seed of every split and cap; the run's ``seed`` does not touch them."""
    path: str | None = None
    """A user's own file (CSV, TSV, JSON lines, parquet; a corpus: text too) or image folder."""
    text: list[str] = field(default_factory=lambda: ["text"])
    """One or two text columns of a table of your own."""
    label: str = "label"
    """Label column of a table of your own."""
    max_length: int | None = None
    """Longest text in tokens, special tokens included; the model's limit when not given. For a
    corpus: tokens of every packed sequence."""
    pair: str = "pair"
    """Two texts: ``pair`` (the tokenizer's own way) or ``concat`` (joined without a space)."""
    labels: str = "true"
    """``true``, or ``control``: each example's label is a hash of one of its first words (Hewitt
    and Liang 2019)."""
    label_seed: int = 0
    """Seed of the control labels."""


@dataclass
class ModelConfig:
    """A backbone: which one, from where, in which precision its weights are held."""

    name: str = MISSING
    """As typed after ``model=``."""
    library: str = "hf"
    """``hf``, ``timm``, or ``nano`` (pre-trained on the playground at first use, by the recipe
    of ``model.name``)."""
    family: str | None = None
    """Row of ``brodmann.backbones.families``; found from the checkpoint when not given."""
    path: str | None = None
    """Hub id or local folder."""
    revision: str = "main"
    """Branch, tag or commit of a hub model."""
    init: str = "pretrained"
    """``pretrained``; ``random``: a twin of the same shape with random weights; ``shuffled``: a
    twin in which the entries of every weight matrix have changed places."""
    init_seed: int = 0
    """Seed of ``init=random`` and ``init=shuffled``; of ``init=pretrained``, that of a nano
    backbone's pre-training."""
    pruned: str | None = None
    """Pruned FFNs that take the place of the backbone's own: a folder that ``save_pruned`` wrote,
    or one safetensors file (``brodmann.backbones.ffns``)."""
    dtype: str = "float32"
    """``float32``, ``bfloat16``, ``float16`` or ``float64``."""
    attention: str = "sdpa"
    """``sdpa`` or ``eager`` (needed for attention maps)."""


@dataclass
class ReadoutConfig:
    """How a prediction leaves the backbone."""

    name: str = "auto"
    """``auto``, ``label_words``, ``classifier``, ``next_token`` or ``decoder_token``."""
    pooling: str = "mean"
    """Classifier on text: ``mean`` over the tokens, or ``cls``; images follow their model."""
    position: str = "mask"
    """Label words: at an inserted ``mask``, or at the first token (``cls``; the released code's
    way for adapters and BitFit)."""


@dataclass
class MethodConfig:
    """What is trained on the frozen backbone."""

    name: str = MISSING
    """As typed after ``method=``."""
    backbone_mode: str = "eval"
    """``eval``, or ``train`` (the backbone's dropout is on during tuning, as in the paper)."""
    clip_scope: str = "trained"
    """Gradient norm is taken over the ``trained`` tensors, or ``all`` (the frozen ones too)."""
    layout: str = "paper"
    """``paper``: [MASK], prompts, text; ``cls_first``: [CLS], [MASK], prompts, rest of the text."""


@dataclass
class PromptConfig(MethodConfig):
    """Soft prompts (Lester et al. 2021; Wang et al. 2022, section 2)."""

    name: str = "prompt"
    length: int = 127
    """Number of soft prompts."""
    init_std: float = 0.03
    """Prompts start from N(0, init_std^2)."""


@dataclass
class FrozenConfig(MethodConfig):
    """Nothing is trained: random soft prompts, or a hand-written one."""

    name: str = "frozen"
    length: int = 127
    """Number of random prompts."""
    init_std: float = 0.03
    """They are drawn from N(0, init_std^2)."""
    text: str | None = None
    """A hand-written prompt; its tokens take the place of the random prompts."""
    random_head: bool = False
    """Let a classifier head stand that is never trained: its answers are random, but neurons can be
    looked at (studies do)."""


@dataclass
class AdapterConfig(MethodConfig):
    """Bottleneck adapters (Houlsby et al. 2019; Pfeiffer et al. 2021)."""

    name: str = "adapter"
    variant: str = "pfeiffer"
    """``pfeiffer`` (after the FFN) or ``houlsby`` (after attention and after the FFN)."""
    reduction: int = 16
    """Backbone width divided by the bottleneck's width."""


@dataclass
class BitfitConfig(MethodConfig):
    """Every bias of the backbone (Ben Zaken et al. 2022)."""

    name: str = "bitfit"


@dataclass
class LoraConfig(MethodConfig):
    """Low-rank updates of the attention's query and value (Hu et al. 2022), through PEFT."""

    name: str = "lora"
    rank: int = 8
    """Rank of each update."""
    alpha: float = 16.0
    """Updates are scaled by alpha / rank."""
    dropout: float = 0.0
    """Dropout on the updates' input."""


@dataclass
class Ia3Config(MethodConfig):
    """Learned rescaling of keys, values and FFN neurons (Liu et al. 2022), through PEFT."""

    name: str = "ia3"


@dataclass
class FullConfig(MethodConfig):
    """Every weight of the backbone."""

    name: str = "full"


@dataclass
class PretrainConfig(MethodConfig):
    """Every weight, by language modelling on a corpus; makes a backbone, kept on the way."""

    name: str = "pretrain"
    backbone_mode: str = "train"
    """The backbone's own dropout is on (``train``) or off (``eval``)."""
    objective: str = "auto"
    """``auto``: ``mlm`` (masked tokens) for encoders, ``clm`` (the next token) for decoders."""
    mask_rate: float = 0.15
    """Share of a sequence's tokens that ``mlm`` predicts."""
    checkpoints: list[int] | None = None
    """Steps whose weights are kept, 0 and the last one always; 0, 1, 2, 4, ... when not given."""
    probe_task: str | None = None
    """Text task by which the neurons are measured while they form, as typed after ``task=``."""
    probe_size: int = 256
    """Validation examples of the probe task that are used, at most."""
    capture_steps: list[int] | None = None
    """Steps at which the probe is measured; those of the checkpoints when not given."""


@dataclass
class OptimizerConfig:
    """The optimizer and its schedule: linear warm-up, then decay to zero."""

    name: str = "adamw"
    """``adam`` or ``adamw``."""
    lr: float = 1e-3
    """Largest learning rate, above 0."""
    weight_decay: float = 0.0
    """Decoupled (``adamw``) or as an L2 term (``adam``); ``method=pretrain`` spares
    biases and norms."""
    betas: list[float] = field(default_factory=lambda: [0.9, 0.999])
    """Decay rates of the two moments."""
    eps: float = 1e-8
    """Added to the denominator."""
    warmup: float = 0.06
    """Share of all steps."""
    schedule: str = "linear"
    """``linear``, ``cosine`` or ``constant`` (after the warm-up)."""


@dataclass
class TrainingConfig:
    """How long and in what portions a method is trained."""

    batch_size: int = 32
    """Examples per optimizer step, over all devices."""
    eval_batch_size: int = 128
    """Examples per batch of validation and test."""
    epochs: int = 10
    """Passes over the training examples."""
    max_steps: int | None = None
    """Upper bound on optimizer steps, if the epochs hold more."""
    eval_every: int = 500
    """Steps between two validations (never more than an epoch)."""
    patience: int = 6
    """Validations without improvement after which training ends."""
    clip_norm: float = 1.0
    """Largest gradient norm; 0 turns clipping off."""
    start: str | None = None
    """A run's ``method.safetensors``: tuning goes on from its tensors instead of new ones."""


@dataclass
class TrainerConfig:
    """Where a run is carried out."""

    name: str = "auto"
    """As typed after ``trainer=``: ``auto``, ``cpu``, ``gpu``, ``ddp`` or ``fsdp``."""
    accelerator: str = "auto"
    """``auto`` (a GPU where there is one), ``cpu`` or ``gpu``."""
    devices: int = 1
    """Number of devices of one run; -1: all."""
    strategy: str = "auto"
    """Lightning's strategy over several devices: ``auto``, ``ddp``, ``fsdp``."""
    precision: str = "auto"
    """``auto``: ``32-true`` on CPU, ``bf16-mixed`` on a GPU that has it; or any of Lightning's."""
    threads: int | None = None
    """CPU threads; ``OMP_NUM_THREADS``, else all cores, when not given. Recorded, since sums
    depend on it in the last bit."""
    workers: int = 0
    """Processes that load images; text is held in memory."""
    checkpoint_seconds: float = 60.0
    """Longest time between two resume checkpoints."""


@dataclass
class LoggerConfig:
    """Where metrics are mirrored; ``history.csv`` is always written."""

    name: str = "wandb"
    """``wandb`` or ``none``."""
    mode: str = "offline"
    """``offline`` or ``online``."""
    project: str = "brodmann"
    """W&B's project."""
    predictions: int = 50
    """Rows of the table of test predictions."""


@dataclass
class LauncherConfig:
    """How the jobs of a sweep are carried out."""

    name: str = "basic"
    """``basic`` (one after the other), ``joblib`` (a pool) or ``submitit`` (SLURM)."""
    n_jobs: int = 1
    """Jobs at a time; -1: one per GPU, or one per two cores."""
    cluster: str = "slurm"
    """submitit: ``slurm`` or ``local``."""
    timeout_min: int = 240
    """submitit: minutes that a job may take."""
    partition: str | None = None
    """submitit: SLURM's partition; the cluster's own default when not given."""


@dataclass
class TrainConfig:
    """All of ``python train.py``."""

    task: TaskConfig = MISSING
    model: ModelConfig = MISSING
    method: MethodConfig = MISSING
    readout: ReadoutConfig = field(default_factory=ReadoutConfig)
    data: DataConfig = field(default_factory=DataConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    launcher: LauncherConfig = field(default_factory=LauncherConfig)
    preset: str = "standard"
    """Budgets and protocol: ``quick``, ``standard`` or ``faithful``."""
    seed: int = 0
    """Initialisation and order only."""
    runs_dir: str = "runs"
    """Folder of all runs."""
    resume: bool = True
    """``true``: a finished run is taken as it is, an interrupted one goes on; ``false``: it is
    trained anew."""
    debug: bool = False
    """Show the whole trace of an error."""
