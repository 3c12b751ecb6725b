/** What can be wrong with a grammar, and with a token that one does not allow. */
@NullMarked
package dev.cria.grammar.error;

import org.jspecify.annotations.NullMarked;
