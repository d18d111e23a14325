"""The museum of client bugs: real bugs of real clients, each shown in a version that has it and in one that has not."""
