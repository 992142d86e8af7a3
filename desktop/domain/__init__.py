"""What everything speaks: typed values, schemas, records, mappings, sync definitions, changes, errors.

Pure: no input or output, no Qt, no platform's name, no clock.
"""
