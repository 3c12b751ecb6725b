/** What a model is made of: its sizes, how positions are rotated, how keys and values are kept. */
@NullMarked
package dev.cria.model.config;

import org.jspecify.annotations.NullMarked;
