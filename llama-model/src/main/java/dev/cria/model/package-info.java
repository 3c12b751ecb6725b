/** Llama 2 inference: {@link dev.cria.model.LlamaModel} is the door to everything. */
@NullMarked
package dev.cria.model;

import org.jspecify.annotations.NullMarked;
