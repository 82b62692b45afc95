# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which test which worker runs next: a few at a time, instead of a quarter of all at once, as what takes
long stands together; and a worker stays with a file, whose fixtures it has made.
"""
import itertools

from xdist.scheduler import LoadScheduling

AHEAD = 3  # what a worker runs, what it knows to come, and one more for the way


class ByFile(LoadScheduling):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.stretches = []  # of each test; a file may have several
        self.at = {}         # of each worker

    def schedule(self):
        collection = next(iter(self.node2collection.values()))
        files = itertools.groupby(collection, key=lambda test: test.partition("::")[0])
        self.stretches = [number for number, (_, tests) in enumerate(files) for _ in tests]
        super().schedule()

    def next_for(self, node):
        """The next one of its stretch; or of one that nobody is at; or of any."""
        others = {stretch for other, stretch in self.at.items() if other is not node}
        for fits in (lambda stretch: stretch == self.at.get(node), lambda stretch: stretch not in others):
            for index in self.pending:
                if fits(self.stretches[index]):
                    return index
        return self.pending[0]

    def _send_tests(self, node, num):
        for _ in range(min(num, AHEAD - len(self.node2pending[node]), len(self.pending))):
            index = self.next_for(node)
            self.at[node] = self.stretches[index]
            self.pending.remove(index)
            self.node2pending[node].append(index)
            node.send_runtest_some([index])
