//! Runs one ONNX model: `ort` with a libonnxruntime.so opened at start, OpenCV DNN where there is none.

use super::DetectError;
use crate::{Config, cv::DnnNetwork, find};
use ort::{environment::Environment, session::Session, value::TensorRef};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// Numbers of a network's input or output, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Vec<f32>,
}

/// Why a model or the runtime library cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library was named but cannot be opened.
    #[error("cannot open the ONNX runtime library {path}: {detail}")]
    Library {
        /// Where it should be.
        path: PathBuf,
        /// What the loader said.
        detail: String,
    },
    /// The execution provider that the settings name cannot be had.
    #[error(
        "analyzer.provider = \"{provider}\" cannot be used: {detail}; install an ONNX runtime library built for it, or set analyzer.provider = \"cpu\""
    )]
    Provider {
        /// Which one.
        provider: &'static str,
        /// What the runtime said.
        detail: String,
    },
    /// The model cannot be read.
    #[error("cannot read model {model}: {detail}")]
    Model {
        /// Which model.
        model: &'static str,
        /// What the runtime said.
        detail: String,
    },
}

/// What ONNX Runtime runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, with an ONNX Runtime library built for CUDA.
    Cuda,
}

impl Provider {
    /// Returns the word used in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }

    fn dispatch(self) -> Vec<ort::ep::ExecutionProviderDispatch> {
        // Four models keep 100 MB with the arena and 63 MB without, for 4 % of time.
        let processor = ort::ep::CPU::default().with_arena_allocator(false).build();
        match self {
            Self::Cpu => vec![processor],
            Self::Cuda => vec![ort::ep::CUDA::default().build().error_on_failure(), processor],
        }
    }
}

/// What runs the models.
#[derive(Clone)]
pub enum Runtime {
    /// ONNX Runtime, and what it runs on.
    Ort(Environment, Provider),
    /// OpenCV's DNN module.
    OpenCv,
}

// One library per process: `ort` keeps the first it opened.
static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();

impl Runtime {
    /// Opens the library that the settings name, or the one that is found; without any, models run on OpenCV.
    ///
    /// # Errors
    /// When the provider is not `cpu` and cannot be had. A library that cannot be opened is a warning.
    pub fn choose(config: &Config) -> Result<Self, RuntimeError> {
        let refused = |detail: String| RuntimeError::Provider { provider: config.provider.as_str(), detail };
        let opened = match find::runtime(config.runtime.as_deref()) {
            Some(path) => Self::open(&path, config.provider).map_err(|error| error.to_string()),
            None => Err("no ONNX runtime library found; `make setup` installs it".to_owned()),
        };
        match opened {
            Ok(runtime) => runtime.probe().map(|()| runtime).map_err(refused),
            Err(detail) if config.provider != Provider::Cpu => Err(refused(detail)),
            Err(detail) => {
                tracing::warn!(detail, "models run on OpenCV, about four times slower");
                Ok(Self::OpenCv)
            }
        }
    }

    /// Opens the library at `path`; the first one opened serves the whole process.
    ///
    /// # Errors
    /// When it is no ONNX runtime library.
    pub fn open(path: &Path, provider: Provider) -> Result<Self, RuntimeError> {
        if let Some(environment) = ENVIRONMENT.get() {
            return Ok(Self::Ort(environment.clone(), provider));
        }
        let failed = |detail: String| RuntimeError::Library { path: path.to_owned(), detail };
        let environment = ort::init_from(path)
            .map_err(|error| failed(error.to_string()))?
            .with_name("mingchu")
            .with_telemetry(false)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self::Ort(ENVIRONMENT.get_or_init(|| environment).clone(), provider))
    }

    /// Asks the library for the provider, which it may lack.
    fn probe(&self) -> Result<(), String> {
        match self {
            Self::Ort(environment, provider @ Provider::Cuda) => {
                let builder = Session::builder(environment).map_err(|error| error.to_string())?;
                builder.with_execution_providers(provider.dispatch()).map(drop).map_err(|error| error.to_string())
            }
            _ => Ok(()),
        }
    }

    /// Returns the runtime's name for logs and the status page.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ort(_, Provider::Cpu) => "ONNX Runtime",
            Self::Ort(_, Provider::Cuda) => "ONNX Runtime on CUDA",
            Self::OpenCv => "OpenCV DNN",
        }
    }

    /// Reads a model; inference takes `threads` threads.
    ///
    /// # Errors
    /// When the runtime cannot read it.
    pub fn network(&self, name: &'static str, model: &[u8], threads: usize) -> Result<Network, RuntimeError> {
        let failed = |detail: String| RuntimeError::Model { model: name, detail };
        let (engine, outputs) = match self {
            Self::Ort(environment, provider) => {
                let session = session(environment, *provider, model, threads).map_err(failed)?;
                let outputs = session.outputs().iter().map(|output| output.name().to_owned()).collect();
                (Engine::Ort(session), outputs)
            }
            Self::OpenCv => {
                let network = DnnNetwork::read(model).map_err(|error| failed(chain(&error)))?;
                let outputs = network.outputs().collect();
                (Engine::OpenCv(network), outputs)
            }
        };
        Ok(Network { name, engine, outputs })
    }
}

/// A model run in two ways on the same numbers.
pub struct BesidePlain {
    network: Network,
    plain: Session,
    input: Tensor,
}

impl BesidePlain {
    /// Runs it as this program does.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn run_ours(&mut self) -> Result<(), DetectError> {
        self.network.run(&self.input).map(drop)
    }

    /// Runs it as ONNX Runtime does with its own defaults, on one thread; the outputs are left where they are.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn run_plain(&mut self) -> Result<(), DetectError> {
        let run = |session: &mut Session, input: &Tensor| -> ort::Result<()> {
            let view = TensorRef::from_array_view((input.shape.clone(), input.data.as_slice()))?;
            session.run(ort::inputs![view]).map(drop)
        };
        let model = self.network.name;
        run(&mut self.plain, &self.input).map_err(|error| DetectError::Network { model, detail: error.to_string() })
    }
}

impl Runtime {
    /// Reads a model twice, for a comparison of both ways; `None` on OpenCV.
    ///
    /// # Errors
    /// When the runtime cannot read it.
    pub fn beside_plain(&self, name: &'static str, model: &[u8]) -> Result<Option<BesidePlain>, RuntimeError> {
        let Self::Ort(environment, _) = self else { return Ok(None) };
        let failed = |detail: String| RuntimeError::Model { model: name, detail };
        let open = || -> Result<Session, String> {
            let builder = Session::builder(environment).map_err(|error| error.to_string())?;
            let mut builder = builder.with_intra_threads(1).map_err(|error| error.to_string())?;
            builder.commit_from_memory(model).map_err(|error| error.to_string())
        };
        let plain = open().map_err(failed)?;
        let shape = plain
            .inputs()
            .first()
            .and_then(|input| input.dtype().tensor_shape())
            .map(|shape| shape.iter().map(|&side| usize::try_from(side).unwrap_or(1)).collect::<Vec<usize>>());
        let shape = shape.ok_or_else(|| failed("its input is no tensor".to_owned()))?;
        // Grey levels that repeat after a prime number of pixels.
        let data = (0..shape.iter().product::<usize>()).map(|index| (index % 251) as f32).collect();
        let network = self.network(name, model, 1)?;
        Ok(Some(BesidePlain { network, plain, input: Tensor { shape, data } }))
    }
}

fn session(environment: &Environment, provider: Provider, model: &[u8], threads: usize) -> Result<Session, String> {
    let text = |error: ort::Error<_>| error.to_string();
    Session::builder(environment)
        .map_err(|error| error.to_string())?
        .with_intra_threads(threads)
        .map_err(text)?
        .with_inter_threads(1)
        .map_err(text)?
        .with_execution_providers(provider.dispatch())
        .map_err(text)?
        .with_memory_pattern(false)
        .map_err(text)?
        .commit_from_memory(model)
        .map_err(|error| error.to_string())
}

/// One model ready to run.
pub struct Network {
    name: &'static str,
    engine: Engine,
    /// The outputs' names, in the order in which they come.
    outputs: Vec<String>,
}

enum Engine {
    Ort(Session),
    OpenCv(DnnNetwork),
}

impl Network {
    /// Returns the output called `name` of those that [`Self::run`] returned.
    #[must_use]
    pub fn named<'o>(&self, outputs: &'o [Tensor], name: &str) -> Option<&'o Tensor> {
        outputs.get(self.outputs.iter().position(|output| output == name)?)
    }

    /// Runs the model on its one input and returns its outputs.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, DetectError> {
        let failed = |detail: String| DetectError::Network { model: self.name, detail };
        match &mut self.engine {
            Engine::Ort(session) => run_ort(session, input).map_err(|error| failed(error.to_string())),
            Engine::OpenCv(network) => network.run(input).map_err(|error| failed(chain(&error))),
        }
    }
}

fn run_ort(session: &mut Session, input: &Tensor) -> ort::Result<Vec<Tensor>> {
    let view = TensorRef::from_array_view((input.shape.clone(), input.data.as_slice()))?;
    let outputs = session.run(ort::inputs![view])?;
    let read = |value: &ort::value::DynValue| {
        let (shape, data) = value.try_extract_tensor::<f32>()?;
        let shape = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        Ok(Tensor { shape, data: data.to_vec() })
    };
    outputs.values().map(|value| read(&value)).collect()
}

/// Returns an error with its sources, for a text that outlives it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
