//! Why keys cannot be used, in words for the administrator: what is wrong and what to do.

use std::path::PathBuf;

use ledger::port::StoreError;

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The setting names no master key that there is.
    #[error("設定 master_key が誤っています: {0}")]
    Setting(String),
    /// A file or folder cannot be read or written.
    #[error("{0} を読み書きできません: {1}")]
    File(PathBuf, std::io::Error),
    /// Others can read the file or folder.
    #[error(
        "{path} をほかの利用者が読めます(許可 {mode:04o})。鍵は持ち主だけが読めるようにします。「chmod {wanted:o} {path}」を実行してください"
    )]
    Open {
        /// Where.
        path: PathBuf,
        /// Permissions as they are.
        mode: u32,
        /// Permissions as they must be.
        wanted: u32,
    },
    /// The file of the master key is not what was written.
    #[error("マスター鍵のファイル {0} が壊れています: {1}。金庫の写しから戻してください")]
    Damaged(PathBuf, String),
    /// There is locked data, but no master key.
    #[error(
        "マスター鍵のファイル {0} がありません。暗号化されたデータがすでにあるため、新しい鍵は作りません。金庫の写しから戻してください"
    )]
    Missing(PathBuf),
    /// There is locked data, but no keyring.
    #[error(
        "鍵束 {0} がありません。暗号化されたデータがすでにあるため、新しい鍵束は作りません。最新の鍵束の写しを戻してください"
    )]
    NoKeyring(PathBuf),
    /// The keyring needs a version that the master key does not have.
    #[error(
        "鍵束はマスター鍵の第{needed}版で守られていますが、今のマスター鍵にあるのは{held}です。\
         古い鍵束を戻したか、古いマスター鍵を戻しました。消去または更新の前の鍵束は開けません。新しい方の写しを戻してください"
    )]
    Version {
        /// The version that the keyring needs.
        needed: u32,
        /// The versions there are, in words.
        held: String,
    },
    /// The keyring was made under another master key, or altered.
    #[error("鍵束をこのマスター鍵で開けません。別の台帳の鍵か、書き換えられた鍵束です")]
    Foreign,
    /// The hardware module does not do what was asked.
    #[error("PKCS#11の鍵を利用できません: {0}")]
    Token(String),
    /// The keyring's storage fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was destroyed or replaced for good, but what the old master key left behind is not cleared away yet.
    #[error("鍵は更新されましたが、古いマスター鍵の後始末が終わっていません。もう一度実行してください: {0}")]
    Unfinished(Box<KeyProblem>),
    /// What belongs to no person cannot be erased.
    #[error("「{0}」の鍵は消去できません")]
    NotErasable(String),
}
