"""The stand-in for a language model, and what a test teaches it."""

from typing import Any

from tests.simulator import Simulator


class ModelSimulator(Simulator):
    """`with ModelSimulator() as model:` starts one on a free port."""

    slug = "language_model"
    provider = "language_model"

    @property
    def address(self) -> str:
        """What OKEY_LANGUAGE_MODEL_URL says."""
        return f"{self.url}/v1"

    def teach(self, words: str, says: Any) -> None:
        """To these words of a client's it says this from now on: a text, or what is written as JSON."""
        self._control("POST", "answers", {words: says})

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of all questions that came, as they were."""
        return list(self.state("asked")["asked"])
