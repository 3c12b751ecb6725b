/** A chat model of a few megabytes in a jar. */
@NullMarked
package dev.cria.tiny;

import org.jspecify.annotations.NullMarked;
