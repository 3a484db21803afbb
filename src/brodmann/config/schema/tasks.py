"""Where examples come from, and what they ask."""

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
