/** Dialogs, and the templates that turn them into the token ids a model was tuned on. */
@NullMarked
package dev.cria.chat;

import org.jspecify.annotations.NullMarked;
