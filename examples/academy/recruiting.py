"""The recruiting module. It knows nothing of courses but that somebody graduated."""
import sys
from hooks import call, serve

PLACEABLE = 80


def graduated(event):
    who = event["data"]
    candidate = call("POST", "/api/requests", {"title": "Candidate " + who["name"]}, once=event["eventId"])
    call("PATCH", "/api/users/" + event["subject"], {"role": "candidate"})
    if who["score"] >= PLACEABLE and candidate["status"] == "open":
        ready = {"to": "approved", "comment": f"Ready for placement with {who['score']} %."}
        call("POST", f"/api/requests/{candidate['id']}/transition", ready, once=event["eventId"] + "-ready")
    print("recruiting:", who["name"], "is a candidate", flush=True)


serve(int(sys.argv[1]), {"course.graduated": graduated})
