/** Weight formats and the files that carry them. */
@NullMarked
package dev.cria.quant;

import org.jspecify.annotations.NullMarked;
