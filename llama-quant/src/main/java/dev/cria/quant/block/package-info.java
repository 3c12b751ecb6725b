/**
 * How each storage format turns blocks of bytes into floats and back, in plain Java: the specification of the formats.
 */
@NullMarked
package dev.cria.quant.block;

import org.jspecify.annotations.NullMarked;
