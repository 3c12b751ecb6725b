/** How the tiny model is made: its corpus, its training and the measurement of what it can do. */
@NullMarked
package dev.cria.tiny.recipe;

import org.jspecify.annotations.NullMarked;
