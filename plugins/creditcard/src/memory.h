// Memory for what the host passes in. The plugin itself allocates nothing.

#ifndef MEMORY_H
#define MEMORY_H

// Says that a call into the plugin is over. What the host passed in stays readable, and may be part of the answer, until
// the next call begins.
void memory_end_call(void);

#endif
