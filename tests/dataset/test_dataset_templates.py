import numpy as np

from scaling_down.dataset import digit_templates


def test_templates_start_and_end_at_zero():
    templates = digit_templates()
    assert templates["x"].shape == (10, 12)
    assert not templates["x"][:, [0, -1]].any()
    np.testing.assert_allclose(templates["x"].std(axis=1), 1 / 6)
    assert templates["y"].tolist() == list(range(10))
