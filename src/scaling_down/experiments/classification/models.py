"""The four models of the benchmark, as the engine has them."""

from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import ResidualMLP

MODELS = {"logistic": Logistic, "mlp": ResidualMLP, "cnn": CNN, "gru": BiGRU}
