"""The claims on emergence, as frozen before anything is measured.

The paper is Zhang et al. (2023), "Emergent Modularity in Pre-trained Transformers".
"""

from __future__ import annotations

from brodmann.neurons.claims.claim import Claim

EM_8 = Claim(
    id="EM-8",
    paper="Zhang et al. 2023",
    statement="In pre-training, modules settle before neurons.",
    estimand="octaves of steps by which the order of experts agrees with that of the last"
    " checkpoint (correlation .9, halves of the probe crossed, each level divided by its own"
    " split-half reliability at both checkpoints) before the order of neurons does; the same"
    " layers, experts of the earlier checkpoint's weights",
    null="equal times, Student's t over runs; random groups as large as the experts beside it",
    delta=0.5,
    unit="octaves of steps",
    inference_unit="pre-training runs",
    why="half of the spacing of checkpoints that double; above the .2 and .4 octaves that are left"
    " of the paper's Switch figure once layers are matched, under a third of its T5 gaps (1.7 to"
    " 3.2)",
    reliability=0.3,
)
"""Modules before neurons (section 6, figure 4)."""
