/** One generation in progress: prompt, tokens, text, and the reasons to end. */
@NullMarked
package dev.cria.model.decoding;

import org.jspecify.annotations.NullMarked;
