"""The page that repairs all errors of a group with one change: before and after first, in numbers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from core.actors import Actor, actor_of
from core.errors import AtlasError, BadRequest
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.history.error_groups import pattern_of_group
from imports.history.proposal_values import column_of_group, verified
from imports.models import ImportHistory, RepairOrigin
from imports.pages.wording import pattern_in_words
from imports.permissions import ADD
from imports.proposals.column import ReadColumn
from imports.proposals.expected import expected_in
from imports.proposals.proposal import Proposal, ProposalKind, proposal_of
from lineage.pages.forms import OneValueForm, RepairForm
from lineage.repairs import proposed_changes, repair
from lineage.repairs.wording import consequences_in_words, repaired_in_words
from lineage.undo.edited_rows_choice import needs_choice

MAX_TRIED = 5_000  # values of a preview that also says what becomes of the rows of later imports


@runs_in(LaneName.WORK)
@page(ADD)
def repair_group(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show what a change makes of the values of a group; a POST repairs them."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    group = _json_param(request.GET, "group")
    try:
        column = column_of_group(record, group)
        proposal = _proposal(request.GET)
    except BadRequest as error:
        raise Http404 from error
    form = RepairForm(form_data(request))
    problem: AtlasError | None = None
    if request.method == "POST" and proposal and form.is_valid():
        try:
            report = repair(
                import_id, proposed_changes(record, group, proposal), actor_of(request), origin=RepairOrigin.PROPOSAL,
                reason=form.cleaned_data["reason"], changed_rows=form.cleaned_data["changed_rows"],
            )  # fmt: skip
        except AtlasError as error:
            problem = error
            if needs_choice(error):
                form.ask_for_choice()
        else:
            messages.success(request, repaired_in_words(report))
            return redirect("imports:errors", import_id)
    context: dict[str, Any] = {"import": record, "form": form, "section": "history"}
    context |= _of_group(record, group, column, OneValueForm(request.GET if "value" in request.GET else None))
    context |= _preview(record, group, proposal, actor_of(request)) if proposal else {}
    refusal = problem or context.get("problem")
    return render_with_error(request, "lineage/repair_group.html", context | {"problem": refusal}, refusal)


def _of_group(record: ImportHistory, group: Any, column: ReadColumn, value_form: OneValueForm) -> dict[str, Any]:
    return {
        "group": group, "group_json": json.dumps(group), "column": column, "expected": expected_in(column),
        "reason": pattern_in_words(pattern_of_group(group)), "value_form": value_form,
        "empty_url": _address(record, group, Proposal(ProposalKind.VALUE, {"value": None})),
    }  # fmt: skip


def _preview(record: ImportHistory, group: Any, proposal: Proposal, actor: Actor) -> dict[str, Any]:
    """Return what a proposal makes of the values, and, where they are not very many, of the rows of later imports."""
    tried = verified(record, group, proposal)
    context: dict[str, Any] = {"proposal": proposal, "tried": tried}
    if not 0 < tried.mends <= MAX_TRIED:
        return context
    try:
        report = repair(record.pk, proposed_changes(record, group, proposal), actor, dry_run=True)
    except AtlasError as error:
        return context if needs_choice(error) else context | {"problem": error, "is_refused": True}
    return context | {"consequences": list(consequences_in_words(report))}


def _json_param(params: QueryDict, name: str) -> Any:
    """Return a parameter of the address that is JSON. Raises Http404 where it is none."""
    try:
        return json.loads(params.get(name, ""))
    except ValueError:
        raise Http404 from None


def _proposal(params: QueryDict) -> Proposal | None:
    """Return the proposal of the address, or its one value for all; None: none was chosen yet."""
    if params.get("value"):
        return proposal_of({"kind": ProposalKind.VALUE, "params": {"value": params["value"]}})
    return proposal_of(_json_param(params, "proposal")) if "proposal" in params else None


def _address(record: ImportHistory, group: Any, proposal: Proposal) -> str:
    query = urlencode({"group": json.dumps(group), "proposal": json.dumps(proposal.as_json())})
    return f"{reverse('lineage:repair_group', args=[record.pk])}?{query}"
