/** The {@code cria} command line. */
@NullMarked
package dev.cria.cli;

import org.jspecify.annotations.NullMarked;
