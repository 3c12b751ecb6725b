/** What JDK Flight Recorder learns of a model. */
@NullMarked
package dev.cria.model.events;

import org.jspecify.annotations.NullMarked;
