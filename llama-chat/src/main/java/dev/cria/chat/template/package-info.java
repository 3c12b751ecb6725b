/** The formats of dialogs. */
@NullMarked
package dev.cria.chat.template;

import org.jspecify.annotations.NullMarked;
