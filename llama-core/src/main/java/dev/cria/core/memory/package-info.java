/** Memory from the operating system: in huge pages, and for machine code. */
@NullMarked
package dev.cria.core.memory;

import org.jspecify.annotations.NullMarked;
