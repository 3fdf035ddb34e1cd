import pytest

from scaling_down.dataset import make_dataset


@pytest.fixture(scope="session")
def default():
    """The published dataset."""
    return make_dataset()
