"""Downloads a report, with copyfileobj or with read; status 1 if that failed."""

import http.client
import io
import os
import shutil
import sys
import urllib.request

copy = io.BytesIO()
try:
    with urllib.request.urlopen(f"{os.environ['SIMNET_API_URL']}/report") as reply:
        if sys.argv[1] == "copyfileobj":
            shutil.copyfileobj(reply, copy)
        else:
            copy.write(reply.read())
except http.client.IncompleteRead as error:
    print(repr(error))
    sys.exit(1)
print(f"{copy.tell()} bytes, and no error")
