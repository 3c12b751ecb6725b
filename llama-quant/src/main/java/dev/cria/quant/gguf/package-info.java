/** The GGUF container: parsing of its header. */
@NullMarked
package dev.cria.quant.gguf;

import org.jspecify.annotations.NullMarked;
