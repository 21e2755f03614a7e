"""The same Airbyte source with its answers in slices of a month, so that one survey is read side by side too.

understanding-the-yaml-file/incremental-syncs (`DatetimeBasedCursor`, `step`) of
https://docs.airbyte.com/platform/connector-development/config-based. It costs a page for each month that is not full.
"""

from airbyte_docs import main

if __name__ == "__main__":
    main(sliced=True)
