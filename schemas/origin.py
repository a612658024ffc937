"""Where an answer comes from: the columns that every table of answers shares."""

import pyarrow as pa

from schemas.contract import column, optional

ORIGIN: tuple[pa.Field, ...] = (
    column("request_sha256", pa.string(), "Key of the question: prompt, model, evidence"),
    column("prompt_id", pa.string(), "Prompt, `<kind>/v<n>`"),
    column("prompt_sha256", pa.string(), "Its digest"),
    column("engine", pa.string(), "`template`, `openai` or `vllm`"),
    column("model_id", pa.string(), "Model entry of the catalog"),
    column("model_revision", pa.string(), "Its revision"),
    column("sampling", pa.string(), "Canonical JSON of all sampling parameters"),
    optional("seed", pa.int64(), "Seed of the answer"),
    optional("finish_reason", pa.string(), "As the server said"),
    optional("n_tokens_in", pa.int32(), "Prompt tokens"),
    optional("n_tokens_out", pa.int32(), "Answer tokens"),
    column("attempt", pa.int32(), "Rung of the retry ladder, from 1"),
)
