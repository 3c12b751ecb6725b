/** An assembler for the x86-64 instructions that the kernels of {@code machine} are made of. */
@NullMarked
package dev.cria.core.machine.x86;

import org.jspecify.annotations.NullMarked;
