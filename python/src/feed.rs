//! A stream that is read in a task of its own, ahead of the interpreter.

use std::pin::Pin;
use std::vec;

use futures_util::{Stream, StreamExt as _};
use pyo3::prelude::*;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error;
use crate::wait::{runtime, wait};

/// Most values that are handed over together.
const CHUNK: usize = 200;
/// Chunks that are read ahead.
const AHEAD: usize = 2;

/// A message of the reading task.
enum Message<T, R> {
    Values(Vec<T>),
    Failed(offprint::Error),
    End(R),
}

/// The values of a stream, and what is known at its end.
pub(crate) struct Feed<T, R = ()> {
    receiver: mpsc::Receiver<Message<T, R>>,
    received: vec::IntoIter<T>,
    task: JoinHandle<()>,
}

/// The next value of a feed, or what is known at its end.
pub(crate) enum Next<T, R> {
    Value(T),
    End(R),
    /// The end was read before.
    Nothing,
}

impl<T: Send + 'static, R: Send + 'static> Feed<T, R> {
    /// Reads a stream; `end` is asked when it has ended.
    pub(crate) fn start<S>(
        stream: S,
        end: impl FnOnce(&S) -> R + Send + 'static,
    ) -> PyResult<Self>
    where
        S: Stream<Item = offprint::Result<T>> + Unpin + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let task = runtime()?.spawn(async move {
            let mut stream = stream;
            loop {
                // The chunks hold on to the stream no longer than until one is there.
                let Some(chunk) = stream.by_ref().ready_chunks(CHUNK).next().await else {
                    break;
                };
                let mut values = Vec::with_capacity(chunk.len());
                for value in chunk {
                    match value {
                        Ok(value) => values.push(value),
                        Err(error) => {
                            // The store is free again before the reader hears of the end.
                            drop(stream);
                            let _ = sender.send(Message::Values(values)).await;
                            let _ = sender.send(Message::Failed(error)).await;
                            return;
                        }
                    }
                }
                if sender.send(Message::Values(values)).await.is_err() {
                    return;
                }
            }
            let last = end(&stream);
            drop(stream);
            let _ = sender.send(Message::End(last)).await;
        });
        Ok(Self {
            receiver,
            received: Vec::new().into_iter(),
            task,
        })
    }

    /// Waits for the next value.
    pub(crate) fn next(
        &mut self,
        py: Python<'_>,
        mut tick: impl FnMut(Python<'_>) -> PyResult<()>,
    ) -> PyResult<Next<T, R>> {
        loop {
            if let Some(value) = self.received.next() {
                return Ok(Next::Value(value));
            }
            let message = {
                let receive: Pin<&mut _> = std::pin::pin!(self.receiver.recv());
                wait(py, receive, &mut tick)?
            };
            match message {
                Some(Message::Values(values)) => self.received = values.into_iter(),
                Some(Message::Failed(error)) => return Err(error::of(error)),
                Some(Message::End(end)) => return Ok(Next::End(end)),
                None => return Ok(Next::Nothing),
            }
        }
    }

    /// Waits for the next value on a thread that may not hold the interpreter lock.
    pub(crate) fn blocking_next(&mut self) -> Option<offprint::Result<T>> {
        loop {
            if let Some(value) = self.received.next() {
                return Some(Ok(value));
            }
            match self.receiver.blocking_recv()? {
                Message::Values(values) => self.received = values.into_iter(),
                Message::Failed(error) => return Some(Err(error)),
                Message::End(_) => return None,
            }
        }
    }
}

impl<T, R> Drop for Feed<T, R> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
