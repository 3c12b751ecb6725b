/** What a transcript holds, and how it is written down. */
@NullMarked
package dev.cria.model.transcript;

import org.jspecify.annotations.NullMarked;
