/** Regular languages over bytes: expressions, their derivatives, and automata that are built while they are read. */
@NullMarked
package dev.cria.grammar.regular;

import org.jspecify.annotations.NullMarked;
