/** Conversations and kept keys and values in files. */
@NullMarked
package dev.cria.model.session;

import org.jspecify.annotations.NullMarked;
