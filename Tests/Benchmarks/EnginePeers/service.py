"""`POST /v1/token-embeddings` as a careful Python engineer would serve it: FastAPI and uvicorn around the PyTorch module.

    BASE=DIR HYPERNETWORK=DIR THREADS=N uvicorn service:app

It knows the fields that are measured, tokens as text and rows as base64, and answers as hyperembed does.
"""

import asyncio
import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import torch
from fastapi import FastAPI
from pydantic import BaseModel

import zett
from surface_forms import SurfaceForms

base, hypernetwork = Path(os.environ["BASE"]), Path(os.environ["HYPERNETWORK"])
torch.set_num_threads(int(os.environ["THREADS"]))
surface_forms = SurfaceForms(base, hypernetwork)
model = zett.load(base, hypernetwork).requires_grad_(False)
# One thread computes: forward passes side by side would only take turns, and OpenMP would keep threads for each caller. FastAPI's
# own pool, for handlers that are not `async`, has 40, and there an answer queues once more to be written.
compute_thread = ThreadPoolExecutor(max_workers=1)
app = FastAPI()


class Request(BaseModel):
    tokens: list[str]
    encoding: Literal["base64"]
    language: str | None = None


class TokenEmbedding(BaseModel):
    index: int
    token: str
    form: Literal["text"] = "text"
    status: Literal["generated"] = "generated"
    pieces: int
    source_ids: list[int]
    input: str
    bias: float | None
    warnings: list[str] = []


class Usage(BaseModel):
    tokens: int
    source_pieces: int


class Response(BaseModel):
    model: Literal["default"] = "default"
    method: Literal["hypernetwork"] = "hypernetwork"
    dimension: int
    data: list[TokenEmbedding]
    usage: Usage


@app.get("/readyz")
async def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/v1/token-embeddings", response_model_exclude_none=True)
async def embed(request: Request) -> Response:
    return await asyncio.get_running_loop().run_in_executor(compute_thread, answer, request)


def answer(request: Request) -> Response:
    source_ids = surface_forms.encode(request.tokens)
    rows = generate(source_ids, request.language)
    vectors = rows.input.numpy()
    biases = [None] * len(vectors) if rows.bias is None else rows.bias.tolist()
    data = [
        TokenEmbedding(
            index=index, token=token, pieces=len(ids), source_ids=ids,
            input=base64.b64encode(vector).decode("ascii"), bias=bias)
        for index, (token, ids, vector, bias) in enumerate(zip(request.tokens, source_ids, vectors, biases))
    ]
    usage = Usage(tokens=len(data), source_pieces=sum(map(len, source_ids)))
    return Response(dimension=vectors.shape[1], data=data, usage=usage)


@torch.inference_mode()
def generate(source_ids: list[list[int]], language: str | None) -> zett.Rows:
    batch = torch.tensor(surface_forms.pad(source_ids))
    row = None
    if model.configuration.languages:
        row = torch.tensor(model.configuration.language_codes.index(language)).expand(len(batch))
    return model(batch, row)
