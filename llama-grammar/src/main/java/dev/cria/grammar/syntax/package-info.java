/** Context-free grammars over bytes, and a recogniser for them that takes a byte at a time. */
@NullMarked
package dev.cria.grammar.syntax;

import org.jspecify.annotations.NullMarked;
