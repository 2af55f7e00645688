"""An independent, naive model of availability: minute by minute, written from the contract alone.

It takes calendars as the API takes them, is slow, and is meant to be read rather than to be fast.
"""
