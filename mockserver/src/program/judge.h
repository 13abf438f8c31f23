/** foundry-mock judge. */
#ifndef MOCK_PROGRAM_JUDGE_H
#define MOCK_PROGRAM_JUDGE_H

/** Say what a journal on disk shows. Returns the exit code. */
int command_judge(int argc, char **argv);

#endif
