"""The chat channel and the front desk: tells of graduates, and welcomes who is new."""
import sys
from hooks import call, serve


def graduated(event):
    print(f"#graduates: {event['data']['name']} graduated with {event['data']['score']} %", flush=True)


def created(event):
    # The event tells who it is and no more; the key of the front desk may ask what people are called.
    person = call("GET", "/api/people?ids=" + event["data"]["userId"])[0]
    print(f"#welcome: hello {person['name']}", flush=True)
    note = {"subject": "user:" + event["subject"], "text": "Was sent a welcome."}
    call("POST", "/api/audit/notes", note, once=event["eventId"])


serve(int(sys.argv[1]), {"course.graduated": graduated, "user.created": created})
