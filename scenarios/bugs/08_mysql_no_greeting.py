"""Connects with a limit of 1 s, in the option that is named; status 1 if it gives up."""

import os
import sys

import pymysql

print("connecting")
try:
    pymysql.connect(host=os.environ["SIMNET_MYSQL_HOST"], port=int(os.environ["SIMNET_MYSQL_PORT"]), **{sys.argv[1]: 1})
except pymysql.OperationalError as error:
    sys.exit(str(error))
