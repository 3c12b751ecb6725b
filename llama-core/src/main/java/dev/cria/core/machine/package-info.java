/**
 * Kernels in machine code that Cria writes at start-up, for what the Vector API has no operations: products of bytes.
 * {@link dev.cria.core.machine.MachineKernels} is the way in; {@link dev.cria.core.machine.GemvCode} is the product of
 * weights of 4 to 6 bits with one row of inputs (generation), {@link dev.cria.core.machine.GemmCode} that with several
 * (prompts, many callers). The results are those of the plain kernels, to the bit.
 *
 * <p>Safety: functions are leaves; they call nothing and keep nothing. Before each call, addresses and lengths are
 * checked by taking slices of segments. Weights, inputs and outputs may be arrays of the heap, which the garbage
 * collector leaves in place during a call, so calls are short.
 */
@NullMarked
package dev.cria.core.machine;

import org.jspecify.annotations.NullMarked;
