"""What `config/pipeline_config.yaml` may say: settings of the whole, for all events. Models only, as in `config`."""

from typing import Annotated, Literal

from pydantic import Field

from pa_assets.agendas.config_base import Section, Text
from pa_assets.kit.resources.landing import NEVER_COUNTS


class LanguageModelSettings(Section):
    """The language model, if its credentials are there."""

    model: Text = Field(default="gpt-4.1-mini", description="Model, or Azure deployment")
    base_url: str = Field(default="", description="OpenAI-compatible address; empty: OpenAI's own")
    timeout_seconds: Annotated[float, Field(gt=0)] = Field(default=60.0, description="Longest wait for one answer")
    max_attempts: Annotated[int, Field(ge=1)] = Field(default=4, description="Attempts for one answer")
    max_calls_per_run: Annotated[int, Field(ge=0)] = Field(default=200, description="Budget of calls of one run")
    max_tokens_per_run: Annotated[int, Field(ge=0)] = Field(
        default=1_000_000, description="Budget of tokens of one run, questions and answers"
    )
    concurrency: Annotated[int, Field(ge=1, le=32)] = Field(default=4, description="Calls under way at one time")
    price_per_million_prompt_tokens: Annotated[float, Field(ge=0)] = Field(
        default=0.4, description="Price, for the cost shown in the metadata; 0: no cost is shown"
    )
    price_per_million_answer_tokens: Annotated[float, Field(ge=0)] = Field(
        default=1.6, description="The same for answers"
    )


class Tracking(Section):
    """Experiment tracking by MLflow."""

    enabled: bool = Field(default=False, description="Log each recommendation run to MLflow")
    uri: str = Field(
        default="", description="Tracking address; empty: MLFLOW_TRACKING_URI, else a SQLite store under data/"
    )


class Schedule(Section):
    """When the nightly refresh runs."""

    cron: Text = Field(default="0 2 * * *", description="Cron expression of the refresh of each event")
    enabled: bool = Field(default=False, description="Start the schedule with the daemon; it can be switched in the UI")


class LandingSensor(Section):
    """How new landing files are noticed."""

    settle_seconds: Annotated[float, Field(ge=0)] = Field(
        default=5.0, description="A file counts once it rested this long"
    )
    interval_seconds: Annotated[int, Field(ge=5)] = Field(default=15, description="Pause between two looks")
    ignore: list[Text] = Field(default=list(NEVER_COUNTS), description="Names that never count")


class PipelineConfig(Section):
    """The whole: `config/pipeline_config.yaml`."""

    language_model: LanguageModelSettings = Field(default=LanguageModelSettings(), description="Language model")
    tracking: Tracking = Field(default=Tracking(), description="Experiment tracking")
    schedule: Schedule = Field(default=Schedule(), description="Nightly refresh")
    landing_sensor: LandingSensor = Field(default=LandingSensor(), description="Notice of new files")
    executor: Literal["in_process", "multiprocess"] = Field(
        default="in_process", description="Where the steps of a run are executed"
    )
    owner: Annotated[str, Field(pattern=r"^(team:.+|[^@\s]+@[^@\s]+)$")] = Field(
        default="team:agendas", description="Owner of every asset"
    )
