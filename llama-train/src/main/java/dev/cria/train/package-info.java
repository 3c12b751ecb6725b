/** Training: tokenizers, small models, LoRA adapters. */
@NullMarked
package dev.cria.train;

import org.jspecify.annotations.NullMarked;
