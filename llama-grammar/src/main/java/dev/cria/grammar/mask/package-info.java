/** A vocabulary as a trie, and which of its tokens go on with a text. */
@NullMarked
package dev.cria.grammar.mask;

import org.jspecify.annotations.NullMarked;
