"""Run the methods of an object in a process of its own, within limits of memory, processor time, time and disk.

A file can make a library crash, go round without end or ask for more memory than there is. So what reads files is an
object in a child process, which has no connection to the database and no credentials; `remote.opened` gives what its
methods are called on. Each process that imports has one *template* process, which has loaded the libraries and forks a
child for each file (`template`, `job`, `child`); `template_process` starts it. `plain_data` and `arrow_data` say what
may travel from a child, which is not trusted.
"""
