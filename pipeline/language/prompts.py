"""Prompts: what is said to a model, read strictly from `prompts/<kind>/v<n>.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Annotated, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.errors import CatalogError
from pipeline.identity import canonical_json, sha256_bytes
from pipeline.language.fencing import fence
from pipeline.strict_yaml import read_model

PROMPTS = Path(__file__).parents[2] / "prompts"
_PROMPT_ID = re.compile(r"^[a-z][a-z0-9_]{0,31}/v[1-9][0-9]{0,3}$")

Message = dict[str, str]
Filled = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Example(_Strict):
    """A worked example: evidence, and the answer that it deserves."""

    variables: dict[str, Any]
    answer: dict[str, Any]


class PromptFile(_Strict):
    """One prompt file. `$name` in `user` stands for a variable; `$$` is a dollar sign."""

    purpose: Filled
    variables: dict[str, str] = Field(min_length=1)
    system: Filled
    user: Filled
    answer: dict[str, Any]
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> PromptFile:
        faults = [*self._variable_faults(), *self._answer_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _variable_faults(self) -> list[str]:
        template = Template(self.user)
        if not template.is_valid():
            return ["user holds a $ that names no variable; write $$ for a dollar sign"]
        named, declared = set(template.get_identifiers()), set(self.variables)
        faults = [f"user names the undeclared variable {name}" for name in sorted(named - declared)]
        faults += [f"the variable {name} is never used" for name in sorted(declared - named)]
        for number, example in enumerate(self.examples, start=1):
            if set(example.variables) != declared:
                faults.append(f"example {number} must give exactly {sorted(declared)}")
        return faults

    def _answer_faults(self) -> list[str]:
        try:
            Draft202012Validator.check_schema(self.answer)
        except SchemaError as fault:
            return [f"answer is not a JSON schema: {fault.message}"]
        validator = Draft202012Validator(self.answer)
        return [
            f"the answer of example {number} breaks the schema: {fault.message}"
            for number, example in enumerate(self.examples, start=1)
            for fault in validator.iter_errors(example.answer)
        ]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with its identity: `<kind>/v<n>` and the digest of its file."""

    prompt_id: str
    sha256: str
    file: PromptFile

    @property
    def kind(self) -> str:
        """What it asks for: annotate, refined, ontology, concept."""
        return self.prompt_id.partition("/")[0]

    @property
    def answer_schema(self) -> dict[str, Any]:
        """JSON schema of the answer."""
        return self.file.answer

    def render(self, variables: Mapping[str, Any]) -> list[Message]:
        """Return the chat messages, what is constant first; evidence is fenced.

        Raises:
            CatalogError: a variable is missing, or is not one of the prompt's.
        """
        wanted, given = set(self.file.variables), set(variables)
        if wanted != given:
            raise CatalogError(
                f"prompt {self.prompt_id} takes the variables {sorted(wanted)}, "
                f"not {sorted(given)}; correct the prompt or its caller"
            )
        messages = [{"role": "system", "content": self.file.system.strip()}]
        for example in self.file.examples:
            messages.append(self._question(example.variables))
            messages.append({"role": "assistant", "content": canonical_json(example.answer)})
        messages.append(self._question(variables))
        return messages

    def _question(self, variables: Mapping[str, Any]) -> Message:
        fenced = {name: fence(value) for name, value in variables.items()}
        return {"role": "user", "content": Template(self.file.user).substitute(fenced).strip()}


def read_lock(folder: Path = PROMPTS) -> dict[str, str]:
    """Return the digests of released prompts, by prompt id.

    Raises:
        CatalogError: the lock cannot be read.
    """
    path = folder / "prompts.lock"
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        raise CatalogError(f"{path} cannot be read as JSON ({fault}); restore it") from fault
    return {str(name): str(digest) for name, digest in told.items()}


def load_prompt(prompt_id: str, folder: Path = PROMPTS) -> Prompt:
    """Read the prompt `<kind>/v<n>`.

    Raises:
        CatalogError: there is no such prompt, it has faults, or it was changed after its release.
    """
    if not _PROMPT_ID.match(prompt_id):
        raise CatalogError(f"{prompt_id!r} names no prompt; write <kind>/v<n>, like refined/v1")
    path = folder / f"{prompt_id}.yaml"
    file = read_model(path, PromptFile)
    digest = sha256_bytes(path.read_bytes())
    released = read_lock(folder).get(prompt_id)
    if released is not None and released != digest:
        raise CatalogError(
            f"{path} was changed after its release; restore it and write the change as the next "
            "version of the prompt"
        )
    return Prompt(prompt_id, digest, file)


def list_prompts(folder: Path = PROMPTS) -> list[str]:
    """Return the ids of all prompts, sorted."""
    found = (path.relative_to(folder).with_suffix("") for path in folder.glob("*/v*.yaml"))
    return sorted(path.as_posix() for path in found)
