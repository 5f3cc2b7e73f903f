"""The stages of a batch: receive, decode, admit, apply, advance, publish, persist, acknowledge; one module each.

Each takes one value and returns one.  :class:`agents.worker.batch_processor.BatchProcessor` orders them.
"""
