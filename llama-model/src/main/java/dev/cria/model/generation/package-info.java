/** What a generation takes and gives. */
@NullMarked
package dev.cria.model.generation;

import org.jspecify.annotations.NullMarked;
