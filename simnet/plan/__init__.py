"""Scenario + seed + lease -> Plan: who meets what, before anything happens. Pure."""
