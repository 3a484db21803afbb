"""A report as a study hands it over: ten claims, all five verdicts, seven tasks, hostile texts."""

import math

import numpy as np

from brodmann.report.findings import Card, Figure, Finding, Shaded, StudyReport, Table
from brodmann.report.plots import (
    Bar,
    Effect,
    Line,
    bars,
    curves,
    forest,
    histogram,
    layers,
    matrix,
)

TASKS = ("sst2", "imdb", "tweet", "mnli", "qnli", "ag_news", "dbpedia")
TYPES = (3, 2, 2)
HOSTILE = "<script>alert('x')</script>"
QUOTED = '" onmouseover="alert(1)" x=\''
SHARE = "share of the model's accuracy above the majority, minus 0.9"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
RANKS = (
    (0.65, 0.39, 0.24, 0.05, 0.03, 0.03, 0.04), (0.39, 0.61, 0.27, 0.04, 0.02, 0.04, 0.05),
    (0.24, 0.27, 0.66, 0.05, 0.03, 0.03, 0.07), (0.05, 0.04, 0.05, 0.61, 0.14, 0.05, 0.08),
    (0.03, 0.02, 0.03, 0.14, 0.53, 0.07, 0.07), (0.03, 0.04, 0.03, 0.05, 0.07, 0.61, 0.14),
    (0.04, 0.05, 0.07, 0.08, 0.07, 0.14, 0.66),
)  # fmt: skip
IMPORTANCE = (
    (1.24, 1.19, 1.19, -0.47, -0.76, -0.80, -0.78), (0.98, 0.93, 0.98, -0.38, -0.61, -0.47, -0.15),
    (0.80, 0.80, 0.94, -0.38, -0.57, -0.81, -1.16), (0.33, 0.51, 0.21, 0.89, 0.42, -0.71, -0.34),
    (-1.18, -1.13, -1.13, 2.02, 2.26, -0.34, -0.54), (-1.11, -1.18, -1.06, -0.64, -0.21, 1.5, 1.1),
    (-1.06, -1.13, -1.13, -1.07, -0.59, math.nan, 1.83),
)  # fmt: skip


def claim(name, statement, verdict, effect=None, low=None, high=None, **more):
    base = {
        "id": name, "paper": "Finding Skill Neurons (EMNLP 2022)", "statement": statement,
        "effect": effect, "unit": "balanced accuracy", "ci_low": low, "ci_high": high,
        "null": "prompts re-tuned on control labels", "p_value": 0.001, "n": 1821,
        "verdict": verdict, "reason": "", "scope": "pooled", "delta": 0.05,
    }  # fmt: skip
    return {**base, **more}


def claims():
    generator = np.random.default_rng(0)
    found = [
        claim("SN-1a", "Single neurons predict a task", "supported", 0.312, 0.281, 0.343,
              p_value=0.00002, holds="holds in at least 6 of 7", level=0.0045, seeds=5,
              estimand="test balanced accuracy minus chance", inference_unit="examples x seeds",
              reason="the whole interval lies above 0.05; holds in at least 6 of 7 tasks"),
    ]  # fmt: skip
    for task in TASKS:
        effect = float(generator.normal(0.3, 0.08))
        found.append(claim("SN-1a", "Single neurons predict a task", "supported", effect,
                           effect - 0.04, effect + 0.04, scope=task, n=300))  # fmt: skip
    found += [
        claim("SN-1b", "The best neuron predicts about as well as the tuned model",
              "contradicted", -0.21, -0.27, -0.15, unit=SHARE,
              null="paired on test examples", reason="the whole interval lies below -0.05"),
        claim("SN-1b", "…", "inconclusive", -0.04, -0.11, 0.03, scope="sst2", unit=SHARE),
        claim("SN-1b", "…", "untestable", None, None, None, scope=LONG, p_value=math.nan,
              reason="the method is not competent: 4 points above the majority"),
        claim("SN-2", "Other random starts of the prompt lead to the same neurons", "supported",
              0.44, 0.29, 0.59, unit="rank correlation", null="permuted labels",
              n="5 seeds x 7 tasks"),
        claim("SN-3", "Disturbing them hurts the task more than disturbing others", "inconclusive",
              0.021, -0.012, 0.054, unit="area in log-loss", p_value=0.081,
              null="neurons chosen in the same way on permuted labels, matched on layer, s.d. "
              "and output norm",
              reason="the interval holds both zero and the smallest effect worth naming"),
        claim("SN-4", "Tasks of one type rank neurons alike", "supported", 0.19, 0.11, 0.27,
              unit="rank correlation, same minus other type", p_value=0.0095, n=21),
        claim("SN-5", "Neurons of a task of the same type hurt most", "negligible", 0.004, -0.011,
              0.019, unit="share of accuracy lost", p_value=0.61, n=42),
        claim("SN-6", "The neurons do not depend on the label words", "untestable", None,
              unit="", null="seed reliability as ceiling", p_value=None, n=None,
              reason="this model has no head that predicts words; minilm-mlm has one"),
        claim("SN-7", f"They come from pre-training {HOSTILE}", "supported", 0.08, 0.06, 0.10,
              reason=f"attempted {QUOTED} twice"),
        claim("SN-8", f"Adapters and BitFit rely on the same neurons {LONG}", "inconclusive",
              0.011, -0.02, 0.042, p_value=0.3),
        claim("SN-9a", "2 % of the neurons in the upper layers keep the task", "supported", 0.071,
              0.052, None, unit="share kept, minus 0.9"),
        claim("SN-10", "Shared skill neurons tell which prompts transfer", "untestable",
              p_value=None,
              reason="only 7 tasks: the smallest reachable p is 0.0095, above the level of 0.005"),
    ]  # fmt: skip
    return found


def falling(start, slope, role, name, seed):
    generator = np.random.default_rng(seed)
    x = np.arange(18) / 100
    y = start - slope * np.sqrt(x / 0.17) + generator.normal(0, 0.004, 18).cumsum() * 0.3
    width = 0.01 + 0.05 * x
    return Line(name, x, y, role, y - width, y + width)


def perturbation():
    slopes = dict(zip(TASKS[1:], (0.13, 0.12, 0.06, 0.03, 0.05, 0.035), strict=True))
    lines = [falling(0.916, s, "other", t, i) for i, (t, s) in enumerate(slopes.items())]
    lines += [
        falling(0.916, 0.05, "random", "random", 20), falling(0.916, 0.07, "control", "matched", 21)
    ]  # fmt: skip
    return [*lines, falling(0.916, 0.17, "own", "sst2 (own)", 22)]


def cards():
    generator = np.random.default_rng(3)
    tokens = ["a", "gorgeous", ",", "witty", ",", "movie", "that", "never", "grows", "cold"]
    good = [float(v) for v in np.abs(generator.normal(0, 1, len(tokens)))]
    bad = [float(v) for v in generator.normal(-0.05, 0.06, len(tokens))]
    long = Shaded([*tokens * 8, "un", "##believ", "##able"],
                  generator.normal(0.2, 0.4, len(tokens) * 8 + 3).tolist(), "positive")  # fmt: skip
    hostile = Shaded([HOSTILE, LONG, QUOTED], [0.5, math.nan, -0.1], HOSTILE)
    rich = Card(
        unit="encoder.9.ffn:1093", task="sst2",
        facts={"predictivity, held out": 0.874, "position": 3, "sign": "+", "threshold": -0.0312,
               "output norm": 1.92, "reliability over seeds": None},
        by_class={"negative": generator.normal(-0.1, 0.3, 400).tolist(),
                  "positive": generator.normal(1.4, 0.6, 400).tolist()},
        highest=[Shaded(tokens, good, "positive"), long],
        lowest=[Shaded(tokens, bad, "negative"), hostile],
        words=["great", "wonderful", HOSTILE, "brilliant", LONG],
        elsewhere=dict(zip(TASKS[1:], (0.81, 0.71, 0.52, 0.55, math.nan, 0.49), strict=True)),
    )  # fmt: skip
    empty = Card("encoder.0.ffn:0", "imdb", {}, {})
    odd = Card("encoder.1.ffn:7", HOSTILE, {"score": 0.5},
               {LONG: [1.0, 1.0], "empty": [], "broken": [math.nan, math.inf]})  # fmt: skip
    return [rich, empty, odd]


def figures():
    generator = np.random.default_rng(5)
    rows = [Bar(t, v, v - 0.03, v + 0.03, v + 0.05, 0.5) for t, v in zip(
        TASKS, (0.87, 0.84, 0.66, 0.61, 0.74, 0.92, 0.97), strict=True)]  # fmt: skip
    rows.append(Bar(LONG, 0.5))
    depth = np.arange(12)
    rising = 0.1 + 0.03 * depth
    per_layer = [
        Line("same type", depth, rising, "own", rising - 0.05, rising + 0.05),
        Line("other type", depth, 0.05 + 0.002 * depth),
        Line("null", depth, 0.0 * depth, "null", 0 * depth - 0.03, 0 * depth + 0.03),
    ]  # fmt: skip
    made = "The same neurons' places were drawn at random within each layer, 999 times."
    effects = [Effect(str(c["scope"]), c["effect"], c["ci_low"], c["ci_high"], c["verdict"],
                      c["scope"] == "pooled") for c in claims()[:11]]  # fmt: skip
    return [
        Figure("best-neurons", "The best neuron of each task beside the tuned model",
               "A bar that ends near the diamond says that one neuron knows as much as the model.",
               "The stroke is what always guessing the commonest class gives.",
               bars(rows, "test accuracy"), "SN-1b", (6.4, 4.2)),
        Figure("curves-sst2", "Accuracy on sst2 as more and more neurons are disturbed",
               "The thick line disturbs the task's own best neurons first. If it lies below all "
               "others, these neurons matter more for the task than other tasks' neurons do.", made,
               curves(perturbation(), level=0.509), "SN-3", (6.4, 4.2)),
        Figure("ranks", "Do two tasks rank the neurons alike?",
               "Darker means more alike. Tasks of one type stand between the gaps.", made,
               matrix(RANKS, TASKS, TASKS, meaning="rank correlation", blocks=TYPES), "SN-4",
               (6.4, 4.8)),
        Figure("importance", "Whose neurons hurt whom?", "Red: hurts more than usual.", "",
               matrix(IMPORTANCE, TASKS, TASKS, signed=True, meaning="z-score",
                      row_label="task tested", column_label="neurons of", blocks=TYPES), "SN-5",
               (6.4, 4.8)),
        Figure("by-layer", "Likeness by layer", "It rises towards the output.", made,
               layers(per_layer, "rank correlation"), "SN-4"),
        Figure("activations", "Activation of the best neuron", "The two outlines hardly overlap.",
               "The band holds 95 % of what permuted labels give.",
               histogram({"negative": generator.normal(0, 0.3, 500), HOSTILE: generator.normal(
                   1, 0.4, 500)}, "activation", null=(-0.2, 0.2), mark=0.42)),
        Figure("forest", "All rows", "One line per task.", "",
               forest(effects, "balanced accuracy above chance", 0.05), "", (6.4, 4.6)),
    ]  # fmt: skip


def report():
    rows = [
        {"task": t, "unit": f"encoder.{i % 12}.ffn:{37 * i % 3072}", "layer": i % 12,
         "predictivity": 0.9 - 0.002 * i, "p (max-T)": None if i % 7 == 0 else 0.001,
         "kept": i % 2 == 0}
        for i, t in enumerate(TASKS * 20)
    ]  # fmt: skip
    findings = [
        Finding("predictivity", "How well single neurons predict", 
                "Every neuron was scored on train and dev data; the best on held-out data.",
                [Table("top-neurons", "The best neurons", "The first rows are the best.", rows),
                 Table("hostile", HOSTILE, QUOTED, [{HOSTILE: QUOTED, "long": LONG, "none": None}]),
                 Table("empty", "No rows", "Nothing passed.", [])],
                figures(), cards(), ["imdb was capped at 1,000 texts", HOSTILE]),
        Finding("transfer", "Transfer of prompts", ""),
    ]  # fmt: skip
    return StudyReport(
        "Skill neurons on the playground", "Which neurons carry a skill, and do they cause it?",
        "python analyze.py experiment=skill_neurons "
        "'task=[sst2,imdb,tweet,mnli,qnli,ag_news,dbpedia]' model=minilm preset=standard",
        {"tasks": ", ".join(TASKS), "model": "minilm (6 layers, 22,713,216 parameters)",
         "method": "prompt, length 127", "seeds": 5, "test rows": 12345, "preset": "standard",
         "time": "18 min", HOSTILE: QUOTED, "device": None},
        "This model, these seven tasks, prompt tuning. Another model may differ.",
        claims(), findings,
        "runs/analyze/skill_neurons-1a2b3c4d",
    )  # fmt: skip


def empty_report():
    return StudyReport("Nothing yet", "", "python analyze.py", {}, "", [], [], "runs/analyze/x")
