"""Hooks for Schemathesis, which try-api loads: in most cases that would be
found wanting for an invented id, token or signature, what the stack really
knows is put in its place, so that answers are tried, too, and not refusals
alone. Whether that is done depends on the case only, so that a failure comes
again. At the end, what was answered is written to the standard error, and an
operation that never succeeded is named in the file CORNERSTORE_TRIED.
"""

import atexit
import collections
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse
import urllib.request
import zlib

import schemathesis
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation

URL = os.environ["CORNERSTORE_URL"]
# Whom `cornerstore demo` plays.
PHONE = "+14155550142"
WIDGET = "shop"
# Requests that one session is used for: its visitor may send 20 at once.
SESSION_USES = 15
# A call that no system saw, with a promise to settle.
CALL = {
    "channel": "call",
    "direction": "inbound",
    "customer": PHONE,
    "started_at": "2026-01-05T09:00:00Z",
    "promises": [{"promised": "callback", "due_at": "2026-01-06T09:00:00Z"}],
}
# Connections that show a secret, and one that signs the body.
SHOWN = ("cti", "asterisk-ari", "cloudevents", "postmark")
SIGNED = "whatsapp"
# What a login of theirs claims without proof: a candidate.
CLAIM = {
    "specversion": "1.0",
    "id": "tried-login",
    "source": "tried",
    "type": "cornerstore.web.identify",
    "time": "2026-01-05T09:00:00Z",
    "data": {
        "interaction": "tried-session",
        "customer": "tel:" + PHONE,
        "claims": [{"identity": "mailto:maybe@example.com", "basis": "typed"}],
    },
}
# How long the stack may take from a delivery to the timeline.
INGEST_S = 30
VERIFY_TOKEN = "cornerstore-local"

answered = collections.defaultdict(collections.Counter)


def ask(path, body=None, **headers):
    request = urllib.request.Request(URL + path, body, headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or b"null")


def tell(path, body, agent):
    return ask(path, json.dumps(body).encode(), **{"Content-Type": "application/json"}, **agent)


def first_secret(entry):
    if isinstance(entry, dict):
        entry = entry["secrets"]
    return entry[0] if isinstance(entry, list) else entry


def first_pop(agent):
    """The pop of whom the demo plays, as soon as it has a candidate."""
    until = time.monotonic() + INGEST_S
    while True:
        pop = ask("/v1/screen-pop?phone=" + urllib.parse.quote(PHONE), **agent)
        if pop["candidates"]:
            return pop
        if time.monotonic() > until:
            sys.exit("what was claimed is no candidate within %d s" % INGEST_S)
        time.sleep(0.2)


def known():
    about = ask("/local")
    agent = {"Authorization": "Bearer " + about["agent_token"]}
    with open(about["webhook_secrets"], encoding="utf-8") as file:
        secrets = {name: first_secret(entry) for name, entry in json.load(file).items()}
    tell("/v1/webhooks/cloudevents", CLAIM, {"Authorization": "Bearer " + secrets["cloudevents"]})
    pop = first_pop(agent)
    customer = pop["customer"]["id"]
    linked = tell(f"/v1/customers/{customer}/links", {"identity": "tried@example.com"}, agent)
    called = tell("/v1/interactions", CALL, agent)
    page = ask(f"/v1/customers/{customer}/timeline?limit=1", **agent)
    return {
        "customer": customer,
        "interactions": [one["id"] for one in pop["timeline"]],
        "candidates": [one["identity"] for one in pop["candidates"]],
        "link": linked["link"]["id"],
        "called": called["id"],
        "promise": called["promises"][0]["id"],
        "cursor": page["next_cursor"],
        "asked": [
            ("phone", PHONE),
            ("email", "marta.sand@example.com"),
            ("identity", "tel:" + PHONE),
            ("interaction", called["id"]),
        ],
        "secrets": secrets,
    }


KNOWN = known()


class Session:
    """A session of the widget, begun anew when it has been used enough."""

    uses = 0
    token = None

    def use(self):
        if self.uses == 0:
            body = json.dumps({"widget": WIDGET}).encode()
            try:
                self.token = ask("/v1/widget/sessions", body, Origin=URL)["token"]
            except urllib.error.HTTPError:  # too much at once: the old one will do
                return self.token or "none"
        self.uses = (self.uses + 1) % SESSION_USES
        return self.token


SESSION = Session()


class Proof:
    """Proves a delivery, once its bytes are known."""

    def __init__(self, source):
        self.source = source

    def __call__(self, request):
        secret = KNOWN["secrets"][self.source]
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        if self.source == SIGNED:
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            request.headers["X-Hub-Signature-256"] = "sha256=" + digest
        else:
            request.headers["Authorization"] = "Bearer " + secret
        return request


def as_declared(case, location):
    """Whether this part of the case is one that the document allows."""
    component = case.meta.components.get(location) if case.meta else None
    return component is None or not component.mode.is_negative


def told(body, draw):
    """What the widget sends, in a session that there is, or to begin one."""
    if body.get("token") is None:
        return {**body, "events": []}
    event = {"id": f"event-{draw}", "at": 1760000000000, "kind": "page", "url": "https://www.example.com/"}
    events = body.get("events") or [event]
    if draw % 8 == 0:
        return {**body, "events": events}
    return {**body, "widget": WIDGET, "token": SESSION.use(), "events": events}


def put_in_widget(case, draw):
    if as_declared(case, ParameterLocation.HEADER) and draw % 8:
        case.headers["origin"] = URL
    if not as_declared(case, ParameterLocation.BODY):
        return
    if case.media_type == "text/plain":
        case.body = json.dumps(told({"widget": WIDGET, "token": "" if draw % 3 else None}, draw))
    elif isinstance(case.body, dict):
        case.body = told(case.body, draw)


def put_in_query(case, draw):
    """A pop's query: one of those whom the demo knows, under one parameter."""
    if draw % 4:
        name, value = KNOWN["asked"][draw % len(KNOWN["asked"])]
        case.query = {name: value}


def put_in_page(case, ids, cursor, draw):
    if as_declared(case, ParameterLocation.PATH) and draw % 4:
        case.path_parameters["id"] = ids[draw % len(ids)]
    if as_declared(case, ParameterLocation.QUERY) and "cursor" in case.query and draw % 3:
        if cursor and draw % 2:
            case.query["cursor"] = cursor
        else:
            del case.query["cursor"]


def put_in_path(case, draw, **known):
    """Mostly what is known, in place of each invented part of the path."""
    if as_declared(case, ParameterLocation.PATH) and draw % 8:
        case.path_parameters.update(known)


def put_in_body(case, **known):
    """What a schema cannot say: whose numbers and which times there are."""
    if as_declared(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body.update(known)


def put_in_link(case, draw):
    put_in_path(case, draw, id=KNOWN["customer"])
    if draw % 4 and as_declared(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body.pop("customer_id", None)
        # So few that the customer keeps room for more.
        case.body.update(identity=f"+1415555018{draw % 10}", note="They say so.")


def put_in_act(case, draw):
    """What agents say of an interaction; there is room for 16 promises only."""
    put_in_path(case, draw, id=KNOWN["called"])
    body = case.body
    if not as_declared(case, ParameterLocation.BODY) or not isinstance(body, dict) or draw % 4 == 0:
        return
    for time in ("at", "ended_at"):
        if body.get(time) is not None:
            body[time] = f"2026-01-05T09:{draw % 60:02}:00Z"
    if body.get("promises") and draw % 3:
        body["promises"] = []


def put_in_webhook(case, kwargs, draw):
    if not as_declared(case, ParameterLocation.PATH) or draw % 8 == 0:
        return
    asks = case.operation.method == "get"
    sources = (SIGNED,) if asks else (SIGNED, *SHOWN)
    source = sources[draw % len(sources)]
    case.path_parameters["source"] = source
    if draw % 5:
        kwargs["auth"] = Proof(source)
    if asks and draw % 5 and as_declared(case, ParameterLocation.QUERY):
        right = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN}
        case.query = {"hub.challenge": "1158201444", **case.query, **right}


def drawn_from(case):
    """A number that is the same for the same case."""
    headers = sorted((name, value) for name, value in case.headers.items() if name.lower() != "authorization")
    body = None if isinstance(case.body, NotSet) else case.body
    return zlib.crc32(repr((case.path_parameters, case.query, headers, body)).encode())


@schemathesis.hook
def before_call(context, case, kwargs):
    draw = drawn_from(case)
    operation = case.operation.definition.raw["operationId"]
    if operation == "getScreenPop":
        if as_declared(case, ParameterLocation.QUERY):
            put_in_query(case, draw)
    elif operation == "getInteraction":
        put_in_page(case, KNOWN["interactions"], None, draw)
    elif operation in ("getCustomer", "getTimeline"):
        put_in_page(case, [KNOWN["customer"]], KNOWN["cursor"], draw)
    elif operation in ("patchCustomer", "mayContact", "getLinks", "getCandidates"):
        put_in_page(case, [KNOWN["customer"]], None, draw)
    elif operation == "link":
        put_in_link(case, draw)
    elif operation == "unlink":
        put_in_path(case, draw, id=KNOWN["customer"], link_id=KNOWN["link"])
    elif operation == "decideCandidate":
        candidates = KNOWN["candidates"]
        put_in_path(case, draw, id=KNOWN["customer"], identity=candidates[draw % len(candidates)])
    elif operation == "putIdentity":
        put_in_path(case, draw, identity=f"crm:shop/{draw % 50}")
    elif operation in ("wrapUp", "addNote"):
        put_in_act(case, draw)
    elif operation == "settlePromise":
        put_in_act(case, draw)
        put_in_path(case, draw, promise=KNOWN["promise"])
    elif operation == "addInteraction":
        put_in_act(case, draw)
        if draw % 4:
            put_in_body(case, customer=PHONE, started_at="2026-01-05T09:00:00Z", channel="call")
    elif operation in ("postWidgetEvents", "preflightWidgetEvents"):
        put_in_widget(case, draw)
    elif operation in ("receiveWebhook", "answerHandshake", "findWebhook"):
        put_in_webhook(case, kwargs, draw)


@schemathesis.hook
def after_call(context, case, response):
    if case.method == case.operation.method.upper():
        answered[case.operation.label][response.status_code] += 1


@atexit.register
def tell():
    never = []
    for operation, statuses in sorted(answered.items()):
        told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
        print(f"{operation}: {told}", file=sys.stderr)
        if not any(200 <= status < 300 for status in statuses):
            never.append(operation)
    with open(os.environ["CORNERSTORE_TRIED"], "w", encoding="utf-8") as file:
        file.writelines(f"{operation}\n" for operation in never)
