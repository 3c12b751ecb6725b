/**
 * Many callers, one model: one thread fills each pass with the rows of all sequences that can go on, and keeps the keys
 * and values of what was read, so that a prompt that begins alike reads only the rest.
 */
@NullMarked
package dev.cria.model.engine;

import org.jspecify.annotations.NullMarked;
